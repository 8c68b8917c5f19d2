namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>The first frame of a connection: a new session (id 0), or an old one carried on.</summary>
public readonly record struct ConnectRequest(long LastZxidSeen, int TimeoutMs, long SessionId, byte[] Password, bool? ReadOnly)
{
    public void Write(JuteWriter writer)
    {
        writer.WriteInt(0);
        writer.WriteLong(LastZxidSeen);
        writer.WriteInt(TimeoutMs);
        writer.WriteLong(SessionId);
        writer.WriteBuffer(Password);
        if (ReadOnly is { } readOnly)
        {
            writer.WriteBool(readOnly);
        }
    }

    public static ConnectRequest Read(ref JuteReader reader)
    {
        reader.ReadInt();
        return new ConnectRequest(
            reader.ReadLong(),
            reader.ReadInt(),
            reader.ReadLong(),
            reader.ReadBuffer().ToArray(),
            reader.Remaining > 0 ? reader.ReadBool() : null);
    }
}
