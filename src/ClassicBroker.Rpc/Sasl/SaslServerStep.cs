namespace ClassicBroker.Rpc.Sasl;

/// <summary>A broker's answer to a client's token, and whom that has proved the client to be; null while the exchange goes on.</summary>
public readonly record struct SaslServerStep(byte[] Answer, SaslIdentity? Identity);
