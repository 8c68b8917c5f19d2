namespace ClassicBroker.Operations.Otlp;

/// <summary>
/// What OpenTelemetry's variables of the environment ask for. Metrics are exported where an endpoint is named or
/// <c>OTEL_METRICS_EXPORTER=otlp</c>; traces only with <c>OTEL_TRACES_EXPORTER=otlp</c>, since each request is a span. Immutable.
/// </summary>
public sealed record OtlpSettings
{
    private const string Otlp = "otlp";

    /// <summary>Where metrics go; null where they go nowhere.</summary>
    public OtlpEndpoint? Metrics { get; private init; }

    /// <summary>Where traces go; null where they go nowhere.</summary>
    public OtlpEndpoint? Traces { get; private init; }

    /// <summary>How often metrics are read and sent.</summary>
    public TimeSpan MetricInterval { get; private init; }

    /// <summary>How long spans wait for others.</summary>
    public TimeSpan SpanDelay { get; private init; }

    public int SpanQueueMax { get; private init; }

    public int SpanBatchMax { get; private init; }

    public TraceSampler Sampler { get; private init; } = new(true, 1);

    /// <summary>Whom the signals are about, beside what the broker says of itself.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; private init; } = new SortedDictionary<string, string>();

    /// <summary>Null where no variable asks for an export.</summary>
    /// <exception cref="FormatException">A variable is wrong; the message names it.</exception>
    public static OtlpSettings? Read(Func<string, string?> variable)
    {
        if (string.Equals(Text("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var named = Text("OTEL_EXPORTER_OTLP_ENDPOINT") ?? Text("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        var exportsMetrics = Exports("OTEL_METRICS_EXPORTER", @default: named is not null);
        var exportsTraces = Exports("OTEL_TRACES_EXPORTER", @default: false);
        if (!exportsMetrics && !exportsTraces)
        {
            return null;
        }

        return new OtlpSettings
        {
            Metrics = exportsMetrics ? OtlpEndpoint.Read(variable, "METRICS", "v1/metrics") : null,
            Traces = exportsTraces ? OtlpEndpoint.Read(variable, "TRACES", "v1/traces") : null,
            MetricInterval = TimeSpan.FromMilliseconds(Number("OTEL_METRIC_EXPORT_INTERVAL", 60_000)),
            SpanDelay = TimeSpan.FromMilliseconds(Number("OTEL_BSP_SCHEDULE_DELAY", 5_000)),
            SpanQueueMax = Number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
            SpanBatchMax = Number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
            Sampler = TraceSampler.Parse(Text("OTEL_TRACES_SAMPLER"), Text("OTEL_TRACES_SAMPLER_ARG")),
            Resource = ResourceOf(Text("OTEL_RESOURCE_ATTRIBUTES"), Text("OTEL_SERVICE_NAME")),
        };

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        bool Exports(string name, bool @default) =>
            Text(name) switch
            {
                null => @default,
                Otlp => true,
                "none" => false,
                var other => throw new FormatException($"{name}={other} is neither {Otlp} nor none"),
            };

        int Number(string name, int @default) => Text(name) is { } text ? OtlpEndpoint.Number(name, text) : @default;
    }

    /// <summary><c>key=value,…</c>, with values as URLs have them; the name of the service beats the one among the attributes.</summary>
    private static SortedDictionary<string, string> ResourceOf(string? attributes, string? serviceName)
    {
        var resource = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in OtlpEndpoint.Pairs("OTEL_RESOURCE_ATTRIBUTES", attributes))
        {
            resource[pair.Key] = pair.Value;
        }

        resource["service.name"] = serviceName ?? resource.GetValueOrDefault("service.name", "classicbroker");
        return resource;
    }
}
