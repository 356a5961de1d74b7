"""Followers and their profiles, as the API tells them.

https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
"""

from __future__ import annotations

from fake_channels.core.http import HttpRequest, Outcome
from fake_channels.wechat import errors, limits
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json
from fake_channels.wechat.rules import recipient
from fake_channels.wechat.state import Account, Customer
from fake_channels.wechat.tokens import done


def profile(account: Account, request: HttpRequest) -> Outcome:
    """One user.

    Raises:
        Refused: nobody is named, or nobody of this account.
    """
    openid = request.query.get("openid", "")
    if not openid:
        raise Refused(errors.NO_OPENID)
    return done(_render(account, recipient(account, openid), request.query.get("lang", "")), (openid,))


def profiles(account: Account, body: Json) -> Outcome:
    """Up to a hundred users.

    Raises:
        Refused: too many, or one is nobody of this account.
    """
    asked = body["user_list"]
    if len(asked) > limits.BATCH_USERS:
        raise Refused(errors.OPENIDS_SIZE, f"user_list: {len(asked)}, at most {limits.BATCH_USERS}")
    if any(one["openid"] not in account.customers for one in asked):
        raise Refused(errors.OPENIDS)
    told = [_render(account, account.customers[one["openid"]], one.get("lang", "")) for one in asked]
    return done({"user_info_list": told})


def _render(account: Account, customer: Customer, lang: str) -> Json:
    handset = customer.handset
    if not handset.opted_in:
        return {"subscribe": 0, "openid": handset.identity}
    named = account.nicknames
    return {
        "subscribe": 1,
        "openid": handset.identity,
        "nickname": (handset.name or "") if named else "",
        "sex": 0,
        "language": lang or handset.person.locale,
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": customer.followed_at // 1000,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": customer.scene,
        "qr_scene": 0,
        "qr_scene_str": customer.scene_str,
    }


def followers(account: Account, request: HttpRequest) -> Outcome:
    """A page of followers, from the one behind `next_openid` on.

    Raises:
        Refused: `next_openid` is no follower.
    """
    following = [openid for openid, one in account.customers.items() if one.handset.opted_in]
    after = request.query.get("next_openid", "")
    if after and after not in following:
        raise Refused(errors.OPENID)
    start = following.index(after) + 1 if after else 0
    page = following[start : start + limits.PAGE_USERS]
    told: Json = {"total": len(following), "count": len(page)}
    if page:
        told["data"] = {"openid": page}
    return done({**told, "next_openid": page[-1] if page else ""})
