using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>
/// A call on its way: encoded, and waiting to be sent or answered. Threading: made by the caller, then the client's loop only.
/// </summary>
internal abstract class PendingRequest(OpCode type, string? path, byte[] body)
{
    public OpCode Type { get; } = type;

    /// <summary>As the caller gave it.</summary>
    public string? Path { get; } = path;

    public byte[] Body { get; } = body;

    public int Xid { get; set; }

    /// <summary>When it was sent, by the clock of the client's loop.</summary>
    public long SentAt { get; set; }

    public WatchTarget Watch { get; init; }

    /// <summary>Whether a missing znode is an answer rather than a failure.</summary>
    public bool NoNodeIsAnswer { get; init; }

    /// <summary>
    /// Ends the call with the answer; reading it throws <see cref="Primitives.MalformedDataException"/> where it makes no sense.
    /// </summary>
    public abstract void Complete(ZooKeeperError error, ref JuteReader body);

    public abstract void Fail(ZooKeeperError error);
}
