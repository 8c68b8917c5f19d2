namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>An ID token proves nothing; the message is the reason.</summary>
public sealed class IdTokenRefusedException(string reason) : Exception(reason);
