namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>A watch event on the wire, under <see cref="SpecialXid.WatchEvent"/>.</summary>
public readonly record struct WatcherEvent(int Type, int State, string Path)
{
    /// <summary>The only session state a server ever reports: it is connected.</summary>
    public const int SyncConnected = 3;

    public void Write(JuteWriter writer)
    {
        writer.WriteInt(Type);
        writer.WriteInt(State);
        writer.WriteString(Path);
    }

    public static WatcherEvent Read(ref JuteReader reader) => new(reader.ReadInt(), reader.ReadInt(), reader.ReadString());
}
