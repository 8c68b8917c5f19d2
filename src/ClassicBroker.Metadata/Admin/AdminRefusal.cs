using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Admin;

/// <summary>
/// Why something an operator asked for is not done: the code and the sentence of the response, which is null where there is nothing to say.
/// </summary>
public sealed record AdminRefusal(ErrorCode Error, string? Message)
{
    /// <summary>A failure that nothing foresaw. As in Kafka it is not described to the client; the log of the broker has it.</summary>
    public static readonly AdminRefusal Unforeseen = new(ErrorCode.UnknownServerError, null);
}
