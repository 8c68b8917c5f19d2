namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>
/// Body of setWatches and, with the last two lists, of setWatches2: the watches a client held when its last connection went, and the last
/// transaction it knew of. The server fires at once those whose znode changed since.
/// </summary>
public readonly record struct SetWatchesRequest(
    long RelativeZxid,
    IReadOnlyCollection<string> Data,
    IReadOnlyCollection<string> Exist,
    IReadOnlyCollection<string> Child,
    IReadOnlyCollection<string> Persistent,
    IReadOnlyCollection<string> PersistentRecursive)
{
    /// <summary>Writes the form of setWatches, which knows no persistent watches.</summary>
    public void Write(JuteWriter writer)
    {
        writer.WriteLong(RelativeZxid);
        writer.WriteStrings(Data);
        writer.WriteStrings(Exist);
        writer.WriteStrings(Child);
    }

    public static SetWatchesRequest Read(ref JuteReader reader, OpCode type)
    {
        var withPersistent = type == OpCode.SetWatches2;
        return new SetWatchesRequest(
            reader.ReadLong(),
            reader.ReadStrings(),
            reader.ReadStrings(),
            reader.ReadStrings(),
            withPersistent ? reader.ReadStrings() : [],
            withPersistent ? reader.ReadStrings() : []);
    }
}
