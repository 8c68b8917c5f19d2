using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClassicBroker.Operations.Otlp;

/// <summary>
/// Activities of one source as requests of OTLP (<c>ExportTraceServiceRequest</c> in protobuf). Keeps those that ended until they are
/// taken, up to a bound; what comes beyond it is dropped and counted. Threading: activities end on any thread, one thread takes them.
/// </summary>
public sealed class OtlpSpans : IDisposable
{
    // ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span, Link and Status.
    private const int ResourceSpans = 1;
    private const int Resource = 1, ScopeSpans = 2;
    private const int Scope = 1, Spans = 2;
    private const int TraceId = 1, SpanId = 2, TraceState = 3, ParentSpanId = 4, Name = 5, Kind = 6, StartTime = 7, EndTime = 8;
    private const int Attributes = 9, Links = 13, Status = 15;
    private const int StatusMessage = 2, StatusCode = 3;
    private const ulong ErrorStatus = 2;
    private const long TicksToUnix = 621_355_968_000_000_000;
    private const ulong NsOfTick = 100;

    private readonly ActivityListener _listener;
    private readonly IReadOnlyDictionary<string, string> _resource;
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly int _queueMax;
    private int _queued;
    private long _dropped;

    /// <param name="source">The name of the source.</param>
    /// <param name="settings">How many are kept, and which are sampled.</param>
    /// <param name="resource">Whom the activities are about.</param>
    public OtlpSpans(string source, OtlpSettings settings, IReadOnlyDictionary<string, string> resource)
    {
        _resource = resource;
        _queueMax = settings.SpanQueueMax;
        _listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => settings.Sampler.Decide(options.Parent, options.TraceId),
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>How many were dropped since this was asked last.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>A request with the oldest that ended, at most so many; null where there is none.</summary>
    public byte[]? Take(int count)
    {
        if (_ended.IsEmpty)
        {
            return null;
        }

        var writer = new ProtobufWriter();
        var resource = writer.Begin(ResourceSpans);
        OtlpAttributes.WriteResource(writer, Resource, _resource);
        var scope = writer.Begin(ScopeSpans);
        for (var i = 0; i < count && _ended.TryDequeue(out var activity); i++)
        {
            Interlocked.Decrement(ref _queued);
            if (i == 0)
            {
                OtlpAttributes.WriteScope(writer, Scope, activity.Source.Name);
            }

            Write(writer, activity);
        }

        writer.End(scope);
        writer.End(resource);
        return writer.Written.ToArray();
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(Activity activity)
    {
        if (!activity.Recorded)
        {
            return;
        }

        if (Interlocked.Increment(ref _queued) > _queueMax)
        {
            Interlocked.Decrement(ref _queued);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _ended.Enqueue(activity);
    }

    private static void Write(ProtobufWriter writer, Activity activity)
    {
        Span<byte> id = stackalloc byte[16];
        var span = writer.Begin(Spans);
        activity.TraceId.CopyTo(id);
        writer.Bytes(TraceId, id);
        activity.SpanId.CopyTo(id[..8]);
        writer.Bytes(SpanId, id[..8]);
        if (activity.TraceStateString is { } state)
        {
            writer.Text(TraceState, state);
        }

        if (activity.ParentSpanId != default)
        {
            activity.ParentSpanId.CopyTo(id[..8]);
            writer.Bytes(ParentSpanId, id[..8]);
        }

        writer.Text(Name, activity.DisplayName);

        // OTLP counts kinds from one on, .NET from zero, in the same order.
        writer.Varint(Kind, (ulong)activity.Kind + 1);
        writer.Fixed64(StartTime, Ns(activity.StartTimeUtc));
        writer.Fixed64(EndTime, Ns(activity.StartTimeUtc + activity.Duration));
        foreach (var (key, value) in activity.EnumerateTagObjects())
        {
            OtlpAttributes.Write(writer, Attributes, key, value);
        }

        foreach (var link in activity.EnumerateLinks())
        {
            WriteLink(writer, link.Context, id);
        }

        if (activity.Status == ActivityStatusCode.Error)
        {
            var status = writer.Begin(Status);
            writer.Text(StatusMessage, activity.StatusDescription ?? "");
            writer.Varint(StatusCode, ErrorStatus);
            writer.End(status);
        }

        writer.End(span);
    }

    private static void WriteLink(ProtobufWriter writer, ActivityContext context, Span<byte> id)
    {
        var mark = writer.Begin(Links);
        context.TraceId.CopyTo(id);
        writer.Bytes(TraceId, id);
        context.SpanId.CopyTo(id[..8]);
        writer.Bytes(SpanId, id[..8]);
        writer.End(mark);
    }

    private static ulong Ns(DateTime utc) => (ulong)(utc.Ticks - TicksToUnix) * NsOfTick;
}
