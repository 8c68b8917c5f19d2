namespace ClassicBroker.Primitives;

/// <summary>
/// Bytes that a message carries without looking into them: a slice of memory, or a region of a file that goes to the socket by
/// <c>sendfile</c>. Serialisers need only the length; the transport knows the concrete kinds.
/// </summary>
public interface IPayload
{
    /// <summary>Bytes this payload puts on the wire.</summary>
    int Length { get; }
}
