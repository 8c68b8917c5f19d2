using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>A client could not log in: the broker refused it, or did not prove itself. Another attempt will meet the same.</summary>
public sealed class SaslFailedException(ErrorCode code, string message) : IOException(message)
{
    /// <summary>A failure found on the client's own side.</summary>
    public SaslFailedException(string message)
        : this(ErrorCode.SaslAuthenticationFailed, message)
    {
    }

    /// <summary>What the broker answered.</summary>
    public ErrorCode Code { get; } = code;
}
