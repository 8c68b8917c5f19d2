using System.Diagnostics;
using System.Text;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Rpc.Tracing;

/// <summary>
/// The contexts of W3C that a produce request carries. Kafka's protocol has no place for them; instrumented producers put them into the
/// headers <c>traceparent</c> and <c>tracestate</c> of each record. The first record of a batch stands for all of it. Stateless.
/// </summary>
internal static class TraceParents
{
    /// <summary>How many different contexts of a request are told.</summary>
    private const int Max = 16;

    /// <summary>The contexts, each once; none where the request is another, or its records are not instrumented.</summary>
    public static IReadOnlyList<ActivityContext> Of(IRequest request)
    {
        if (request is not ProduceRequest produce)
        {
            return [];
        }

        List<ActivityContext> contexts = [];
        foreach (var topic in produce.TopicData)
        {
            foreach (var partition in topic.PartitionData)
            {
                var records = partition.Records.IsNull ? default : partition.Records.Memory.Span;
                if (contexts.Count < Max && ContextOf(records) is { } context && !contexts.Contains(context))
                {
                    contexts.Add(context);
                }
            }
        }

        return contexts;
    }

    /// <summary>The context of the first record; null where there is none, or what is there is no batch: its handler says so.</summary>
    private static ActivityContext? ContextOf(ReadOnlySpan<byte> records)
    {
        try
        {
            using var reader = RecordReader.Open(records);
            return reader.MoveNext() ? ContextOf(reader.Current.Headers) : null;
        }
        catch (RecordsException)
        {
            return null;
        }
    }

    private static ActivityContext? ContextOf(RecordHeaders headers)
    {
        string? parent = null, state = null;
        foreach (var header in headers)
        {
            if (header.Value.IsNull)
            {
                continue;
            }

            if (header.KeyUtf8.SequenceEqual("traceparent"u8))
            {
                parent = Encoding.UTF8.GetString(header.Value.Span);
            }
            else if (header.KeyUtf8.SequenceEqual("tracestate"u8))
            {
                state = Encoding.UTF8.GetString(header.Value.Span);
            }
        }

        return parent is not null && ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : null;
    }
}
