namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Precedes every operation of a multi and every result, and with <paramref name="Done"/> set ends the list.</summary>
public readonly record struct MultiHeader(OpCode Type, bool Done, int Error)
{
    /// <summary>Ends the list of operations or results.</summary>
    public static MultiHeader End { get; } = new(OpCode.Error, true, -1);

    public void Write(JuteWriter writer)
    {
        writer.WriteInt((int)Type);
        writer.WriteBool(Done);
        writer.WriteInt(Error);
    }

    public static MultiHeader Read(ref JuteReader reader) => new((OpCode)reader.ReadInt(), reader.ReadBool(), reader.ReadInt());
}
