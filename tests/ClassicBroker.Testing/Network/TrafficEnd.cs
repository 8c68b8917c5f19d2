namespace ClassicBroker.Testing.Network;

/// <summary>The end of a connection that sends.</summary>
/// <param name="Id">Its number.</param>
/// <param name="PeerId">The number of the end that receives.</param>
/// <param name="Host">The host that sends.</param>
/// <param name="PeerHost">The host that receives.</param>
/// <param name="IsConnecting">True for the end that asked for the connection: a client's.</param>
public readonly record struct TrafficEnd(long Id, long PeerId, string Host, string PeerHost, bool IsConnecting);
