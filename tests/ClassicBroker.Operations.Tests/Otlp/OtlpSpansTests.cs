using System.Diagnostics;
using ClassicBroker.Operations.Otlp;
using ClassicBroker.Testing.Otlp;

namespace ClassicBroker.Operations.Tests.Otlp;

/// <summary>Activities as a collector of OpenTelemetry reads them, and which of them it gets.</summary>
public sealed class OtlpSpansTests
{
    private const string Source = "ClassicBroker.Operations.Tests.Otlp";

    private static readonly SortedDictionary<string, string> Resource = new() { ["service.name"] = "kafka" };
    private static readonly ActivityContext Parent = ActivityContext.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "k=v");
    private static readonly ActivityContext Unsampled = ActivityContext.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", null);

    private static OtlpSettings Settings(params (string Name, string Value)[] variables) =>
        OtlpSettings.Read(name => name == "OTEL_TRACES_EXPORTER" ? "otlp" : variables.FirstOrDefault(variable => variable.Name == name).Value)!;

    /// <summary>A source that no other test hears.</summary>
    private static ActivitySource SourceOf(string test) => new($"{Source}.{test}");

    [Fact]
    public void A_span_has_its_place_in_the_trace_its_times_and_its_tags()
    {
        using var source = SourceOf(nameof(A_span_has_its_place_in_the_trace_its_times_and_its_tags));
        using var spans = new OtlpSpans(source.Name, Settings(), Resource);
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using (var activity = source.StartActivity("Produce t", ActivityKind.Server, Parent, [new("kafka.listener", "EXTERNAL")], [new(Unsampled)], start)!)
        {
            activity.SetTag("kafka.api.version", 9);
            activity.SetStatus(ActivityStatusCode.Error);
            activity.SetEndTime(start.UtcDateTime.AddMilliseconds(2));
        }

        var resource = ProtobufMessage.Parse(spans.Take(10)!).One(1);
        Assert.Equal(Resource, resource.One(1).Attributes(1));
        Assert.Equal(source.Name, resource.One(2).One(1).Text(1));
        var span = resource.One(2).One(2);
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "k=v"), (span.Hex(1), span.Hex(4), span.Text(3)));
        Assert.Equal(("Produce t", 2UL), (span.Text(5), span.Number(6)));
        Assert.Equal((1_704_067_200_000_000_000UL, 1_704_067_200_002_000_000UL), (span.Number(7), span.Number(8)));
        Assert.Equal(new Dictionary<string, string> { ["kafka.api.version"] = "9", ["kafka.listener"] = "EXTERNAL" }, span.Attributes(9).ToDictionary());
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", span.One(13).Hex(1));
        Assert.Equal(2UL, span.One(15).Number(3));
        Assert.Null(spans.Take(10));
    }

    [Fact]
    public void What_is_too_much_is_dropped_and_counted()
    {
        using var source = SourceOf(nameof(What_is_too_much_is_dropped_and_counted));
        using var spans = new OtlpSpans(source.Name, Settings(("OTEL_BSP_MAX_QUEUE_SIZE", "2")), Resource);
        for (var i = 0; i < 5; i++)
        {
            source.StartActivity("a")!.Dispose();
        }

        Assert.Equal(3, spans.TakeDropped());
        Assert.Equal(0, spans.TakeDropped());
        Assert.Single(ProtobufMessage.Parse(spans.Take(1)!).One(1).One(2).All(2));
        Assert.Single(ProtobufMessage.Parse(spans.Take(5)!).One(1).One(2).All(2));
    }

    [Theory]
    [InlineData(null, null, true, false, true)]
    [InlineData("always_on", null, true, true, true)]
    [InlineData("always_off", null, false, false, false)]
    [InlineData("traceidratio", "0", false, false, false)]
    [InlineData("parentbased_traceidratio", "0", true, false, false)]
    [InlineData("parentbased_always_off", null, true, false, false)]
    public void The_sampler_decides(string? name, string? argument, bool sampledParent, bool unsampledParent, bool root)
    {
        var sampler = TraceSampler.Parse(name, argument);
        Assert.Equal((sampledParent, unsampledParent, root), (Keeps(Parent), Keeps(Unsampled), Keeps(default)));

        bool Keeps(ActivityContext parent) =>
            sampler.Decide(parent, parent.TraceId == default ? ActivityTraceId.CreateRandom() : parent.TraceId) == ActivitySamplingResult.AllDataAndRecorded;
    }

    [Fact]
    public void A_share_of_traces_is_chosen_by_their_ids()
    {
        var sampler = TraceSampler.Parse("traceidratio", "0.5");
        Assert.Equal(ActivitySamplingResult.AllDataAndRecorded, Decide("0af7651916cd43dd7fffffffffffffff"));
        Assert.Equal(ActivitySamplingResult.None, Decide("0af7651916cd43dd8000000000000000"));

        ActivitySamplingResult Decide(string id) => sampler.Decide(default, ActivityTraceId.CreateFromString(id));
    }
}
