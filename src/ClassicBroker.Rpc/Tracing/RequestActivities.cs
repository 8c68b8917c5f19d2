using System.Diagnostics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc.Tracing;

/// <summary>
/// Tells listeners of each request as an <see cref="Activity"/>, once it has ended: when its bytes came, how long it was where, and what
/// was answered. Made only where traces are asked for. Owned by the executable. Threading: safe from any loop.
/// </summary>
public sealed class RequestActivities : IDisposable
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "ClassicBroker.Requests";

    private readonly ActivitySource _source = new(SourceName);

    public void Dispose() => _source.Dispose();

    /// <summary>Begins to note what is told at the end; null where no one listens.</summary>
    internal RequestSpan? Begin(IRequest request) => _source.HasListeners() ? new RequestSpan(request) : null;

    internal void End(RequestContext context, RequestSpan span, int responseLength)
    {
        var time = context.Loop.Time;
        var end = time.GetUtcNow() - time.GetElapsedTime(context.Times.SentAt, time.GetTimestamp());
        var start = end - time.GetElapsedTime(context.Times.ReceivedAt, context.Times.SentAt);
        var name = span.Topic is null ? context.Api.Name : $"{context.Api.Name} {span.Topic}";

        // One context is the parent; several, of which none is before the others, are links.
        var parent = span.Parents is [var only] ? only : default;
        var links = span.Parents.Count > 1 ? span.Parents.Select(each => new ActivityLink(each)) : null;
        using var activity = _source.StartActivity(name, ActivityKind.Server, parent, tags: null, links, start);
        if (activity is null)
        {
            return;
        }

        Describe(activity, context, span, responseLength);
        activity.SetEndTime(end.UtcDateTime);
    }

    private static void Describe(Activity activity, RequestContext context, RequestSpan span, int responseLength)
    {
        var time = context.Loop.Time;
        activity.SetTag("messaging.system", "kafka");
        activity.SetTag("messaging.client.id", context.ClientId);
        activity.SetTag("messaging.destination.name", span.Topic);
        activity.SetTag("network.peer.address", context.ClientAddress.ToString());
        activity.SetTag("kafka.listener", context.ListenerName);
        activity.SetTag("kafka.api.name", context.Api.Name);
        activity.SetTag("kafka.api.version", (int)context.ApiVersion);
        activity.SetTag("kafka.correlation_id", context.CorrelationId);
        activity.SetTag("kafka.request.size", context.FrameLength);
        activity.SetTag("kafka.response.size", responseLength);
        activity.SetTag("kafka.time.queue_ms", context.Times.QueueMs(time));
        activity.SetTag("kafka.time.local_ms", context.Times.LocalMs(time));
        activity.SetTag("kafka.time.remote_ms", context.Times.RemoteMs(time));
        activity.SetTag("kafka.time.response_queue_ms", context.Times.ResponseQueueMs(time));
        activity.SetTag("kafka.time.response_send_ms", context.Times.SendMs(time));
        if (span.Error != ErrorCode.None)
        {
            activity.SetTag("error.type", span.Error.WireName());
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
