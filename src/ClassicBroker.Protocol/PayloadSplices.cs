using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// Where external payloads belong between the bytes of a written message, in order. Reused from message to message by its owner.
/// Threading: one writer at a time.
/// </summary>
public sealed class PayloadSplices
{
    /// <summary>Null until there is a payload: a connection that only pings never has one.</summary>
    private List<PayloadSplice>? _splices;

    public int Count => _splices?.Count ?? 0;

    /// <summary>The external bytes in all, beside those in the buffer.</summary>
    public long TotalLength { get; private set; }

    public PayloadSplice this[int index] => _splices![index];

    public void Add(int position, IPayload payload)
    {
        (_splices ??= []).Add(new(position, payload));
        TotalLength += payload.Length;
    }

    public void Clear()
    {
        _splices?.Clear();
        TotalLength = 0;
    }
}
