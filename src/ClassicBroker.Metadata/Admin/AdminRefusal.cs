using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Admin;

/// <summary>
/// Why something an operator asked for is not done: the code and the sentence of the response, which is null where there is nothing to say.
/// </summary>
public sealed record AdminRefusal(ErrorCode Error, string? Message)
{
    /// <summary>A failure that nothing foresaw. As in Kafka it is not described to the client; the log of the broker has it.</summary>
    public static readonly AdminRefusal Unforeseen = new(ErrorCode.UnknownServerError, null);

    private static readonly AdminRefusal OfficeEnded = new(
        ErrorCode.NotController, "The ZooKeeper session that made this broker the controller has expired.");

    /// <summary>
    /// The same for what only the controller does: it is controller no longer once its session has expired, and a client asks the next one.
    /// </summary>
    public static AdminRefusal OfController(Exception failure) => failure is SessionExpiredException ? OfficeEnded : Unforeseen;
}
