"""The lab with one more route, as a program of its own: a world's app may then send as fast as it can.

The vendor drains an app's queue at 20 messages a second; the cost of the whole path would disappear behind that.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_sinch.settings import Rates
from harness.lab import serve
from harness.lab.lab import Lab
from harness.lab.settings import LabSettings


async def _extend(app: web.Application, lab: Lab) -> None:
    async def unlimited(request: web.Request) -> web.Response:
        service = lab.world(request.match_info["world"]).gateway.service
        service.settings = msgspec.structs.replace(service.settings, rates=Rates(outbound_per_second=0))
        return web.json_response({})

    app.router.add_post("/benchmark/{world}/unlimited", unlimited)


def main() -> None:
    """Serve until standard input ends."""
    serve.run(LabSettings(control_port=0, free_ports=True), extend=_extend, die_with_parent=True)


if __name__ == "__main__":
    main()
