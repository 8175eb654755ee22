"""What the API sends to the collector beside it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import Start
from image import eventually
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector(ThreadingHTTPServer):
    """Takes OpenTelemetry's protocol as the collector does, and remembers what was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.paths: set[str] = set()
        # The name of each span, with the name of its service.
        self.spans: list[tuple[str, str]] = []


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.add(self.path)
        if self.path == "/v1/traces":
            for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = {a.key: a.value.string_value for a in sent.resource.attributes}
                for scope in sent.scope_spans:
                    self.server.spans += [(service["service.name"], s.name) for s in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_span_of_each_request_arrives(start_api: Start, collector: Collector) -> None:
    api = start_api(
        # What Service.Tracing sets.
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_SERVICE_NAME="flask-api-test",
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
        # For a quick test.
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    # No product has this number.
    assert api.get("/products/0").status == 404
    eventually(lambda: bool(collector.spans))
    assert collector.spans == [("flask-api-test", "GET /products/<int:product_id>")]
    assert collector.paths == {"/v1/traces"}


def test_the_api_goes_on_without_the_collector(start_api: Start) -> None:
    api = start_api(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="100")
    assert [api.get("/products").status for _ in range(3)] == [200, 200, 200]


def test_nothing_of_opentelemetry_is_loaded_without_it(start_api: Start) -> None:
    api = start_api(PYTHONVERBOSE="1")
    log = api.log.read_text()
    assert "import 'flask'" in log
    assert "opentelemetry" not in log
