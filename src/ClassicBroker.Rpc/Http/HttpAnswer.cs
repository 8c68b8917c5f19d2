namespace ClassicBroker.Rpc.Http;

/// <summary>What a server of HTTP answered: its status and the body, whole. Immutable.</summary>
public sealed record HttpAnswer(int Status, byte[] Body);
