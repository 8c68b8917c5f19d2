namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Precedes every answer and watch event.</summary>
public readonly record struct ReplyHeader(int Xid, long Zxid, ZooKeeperError Error)
{
    public void Write(JuteWriter writer)
    {
        writer.WriteInt(Xid);
        writer.WriteLong(Zxid);
        writer.WriteInt((int)Error);
    }

    public static ReplyHeader Read(ref JuteReader reader) => new(reader.ReadInt(), reader.ReadLong(), (ZooKeeperError)reader.ReadInt());
}
