namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// A client did not prove who it is. The message is what it is told, in Kafka's words; <paramref name="reason"/> is for the broker's log
/// and may tell more. Neither holds a secret.
/// </summary>
public sealed class SaslRefusedException(string message, string? reason = null) : Exception(message)
{
    public string Reason { get; } = reason ?? message;

    /// <summary>The words Kafka has for every failure that a mechanism does not explain.</summary>
    public static SaslRefusedException InvalidCredentials(string mechanism, string reason) =>
        new(
            $"Authentication failed during authentication due to invalid credentials with SASL mechanism {mechanism}",
            $"{mechanism}: {reason}");
}
