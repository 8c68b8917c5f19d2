using System.Diagnostics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc.Tracing;

/// <summary>What is noted of a request for its Activity while it is under way. Threading: the connection's loop.</summary>
internal sealed class RequestSpan(IRequest request)
{
    /// <summary>The contexts that came with it.</summary>
    public IReadOnlyList<ActivityContext> Parents { get; } = TraceParents.Of(request);

    /// <summary>The one topic that records are for or from; null where there are several, or none.</summary>
    public string? Topic { get; } = request switch
    {
        ProduceRequest { TopicData: [var topic] } => topic.Name,
        FetchRequest { Topics: [var topic] } when topic.Topic.Length > 0 => topic.Topic,
        _ => null,
    };

    /// <summary>The error code of the answer; of several the lowest.</summary>
    public ErrorCode Error { get; private set; }

    /// <summary>The answer is about to be written.</summary>
    public void Answered(IResponse response)
    {
        var errors = new ErrorCounts();
        response.CountErrors(errors);
        Error = errors.All.Select(entry => entry.Code).FirstOrDefault(code => code != ErrorCode.None);
    }
}
