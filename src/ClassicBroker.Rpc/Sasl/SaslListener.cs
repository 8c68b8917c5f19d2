namespace ClassicBroker.Rpc.Sasl;

/// <summary>How the clients of a listener prove who they are. Immutable; any loop.</summary>
public sealed class SaslListener
{
    /// <summary>What is offered, in the order SaslHandshake tells it.</summary>
    public required IReadOnlyList<ISaslServerMechanism> Mechanisms { get; init; }

    /// <summary><c>connections.max.reauth.ms</c> by the name of the mechanism; none for sessions that last.</summary>
    public IReadOnlyDictionary<string, long> SessionMaxMs { get; init; } = new SortedDictionary<string, long>(StringComparer.Ordinal);

    /// <summary><c>connection.failed.authentication.delay.ms</c>: how long a refusal is held back.</summary>
    public TimeSpan FailureDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a client may take until it is authenticated, TLS and all requests included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>sasl.server.max.receive.size</c>: the longest frame of a client that is not authenticated yet.</summary>
    public int FrameLengthMax { get; init; } = 512 * 1024;

    public ISaslServerMechanism? Find(string name) => Mechanisms.FirstOrDefault(mechanism => mechanism.Name == name);
}
