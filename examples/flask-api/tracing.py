"""Traces of requests, where the platform runs a collector beside the API (Service.Tracing)."""

import os

from flask import Flask


def trace(app: Flask) -> None:
    """Send a span of each request but the health checks to where OTEL_… says, if it does."""
    if "OTEL_EXPORTER_OTLP_ENDPOINT" not in os.environ:
        return
    # Only here: they take memory, and time to start.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # Each of gunicorn's workers imports the API after it was forked, and has a sender of its own.
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider, excluded_urls="/health$")
