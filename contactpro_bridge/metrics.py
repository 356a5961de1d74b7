"""Numbers for Prometheus, of one process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters; each process, and each test, has its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "contactpro_webhooks",
            "Callbacks by tenant, trigger and result.",
            ("tenant", "trigger", "result"),
            registry=self.registry,
        )
        self.sends = Counter(
            "contactpro_sends", "Send calls by tenant and result.", ("tenant", "result"), registry=self.registry
        )
        self.files = Counter(
            "contactpro_files", "Incoming files by tenant and result.", ("tenant", "result"), registry=self.registry
        )
        self.jobs = Gauge("contactpro_jobs", "Jobs by standing.", ("standing",), registry=self.registry)
        self.streams = Gauge("contactpro_event_streams", "Open event streams.", registry=self.registry)
        self.requests = Histogram(
            "contactpro_request_seconds",
            "Time to answer, by route and status.",
            ("route", "status"),
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
        )

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)
