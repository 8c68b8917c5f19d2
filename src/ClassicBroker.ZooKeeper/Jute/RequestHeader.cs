namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Precedes every request but the first.</summary>
public readonly record struct RequestHeader(int Xid, OpCode Type)
{
    /// <summary>Bytes it takes.</summary>
    public const int Size = 2 * sizeof(int);

    public void Write(JuteWriter writer)
    {
        writer.WriteInt(Xid);
        writer.WriteInt((int)Type);
    }

    public static RequestHeader Read(ref JuteReader reader) => new(reader.ReadInt(), (OpCode)reader.ReadInt());
}
