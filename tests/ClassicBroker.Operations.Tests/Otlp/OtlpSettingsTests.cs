using ClassicBroker.Operations.Otlp;

namespace ClassicBroker.Operations.Tests.Otlp;

/// <summary>OpenTelemetry's variables, with the meanings and defaults of its specification.</summary>
public sealed class OtlpSettingsTests
{
    private static OtlpSettings? Read(params (string Name, string Value)[] variables) =>
        OtlpSettings.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    [Fact]
    public void Nothing_is_exported_unless_it_is_asked_for()
    {
        Assert.Null(Read());
        Assert.Null(Read(("OTEL_SERVICE_NAME", "kafka")));
        Assert.Null(Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_SDK_DISABLED", "true")));
        Assert.Null(Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_METRICS_EXPORTER", "none")));
    }

    [Fact]
    public void An_endpoint_asks_for_metrics_and_traces_want_a_word_of_their_own()
    {
        var settings = Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/"))!;
        Assert.Equal("http://c:4318/v1/metrics", settings.Metrics!.Url);
        Assert.Null(settings.Traces);
        Assert.Equal((60, 10, false), (settings.MetricInterval.TotalSeconds, settings.Metrics.Timeout.TotalSeconds, settings.Metrics.IsCompressed));
        settings = Read(("OTEL_TRACES_EXPORTER", "otlp"))!;
        Assert.Equal(("http://localhost:4318/v1/traces", null), (settings.Traces!.Url, settings.Metrics?.Url));
        Assert.Equal("classicbroker", settings.Resource["service.name"]);
    }

    [Fact]
    public void What_a_signal_says_of_itself_beats_what_is_said_of_all()
    {
        var settings = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m/in"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"), ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "700"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%3Db, tenant=t"), ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"))!;
        Assert.Equal(("https://m/in", 700, true), (settings.Metrics!.Url, settings.Metrics.Timeout.TotalMilliseconds, settings.Metrics.IsCompressed));
        Assert.Equal(("http://c:4318/v1/traces", 500), (settings.Traces!.Url, settings.Traces.Timeout.TotalMilliseconds));
        Assert.Equal([("api-key", "a=b"), ("tenant", "t")], settings.Traces.Headers);
        Assert.Equal(("/ca.pem", 1), (settings.Metrics.CertificateFile, settings.MetricInterval.TotalSeconds));
    }

    [Fact]
    public void The_resource_has_what_is_given_and_the_name_of_the_service()
    {
        var settings = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=x,deployment.environment=eu%20west"),
            ("OTEL_SERVICE_NAME", "kafka"))!;
        Assert.Equal(
            new Dictionary<string, string> { ["deployment.environment"] = "eu west", ["service.name"] = "kafka" }, settings.Resource.ToDictionary());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken here: only http/protobuf is, which collectors take at port 4318")]
    [InlineData("OTEL_METRICS_EXPORTER", "prometheus", "OTEL_METRICS_EXPORTER=prometheus is neither otlp nor none")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "soon", "OTEL_METRIC_EXPORT_INTERVAL=soon is no number above 0")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "OTEL_EXPORTER_OTLP_COMPRESSION=zstd is neither gzip nor none")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "key", "OTEL_EXPORTER_OTLP_HEADERS has a part without a name and an equals sign")]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes", "OTEL_TRACES_SAMPLER=sometimes is none of always_on, always_off, traceidratio and the same with parentbased_ before them")]
    public void A_wrong_variable_is_named(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), (name, value))).Message);
}
