namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>The fields of a kind of metadata record, in their order. All are in the compact encoding. Immutable.</summary>
/// <param name="id">Which says in the record's frame what it is.</param>
/// <param name="name">As Kafka's dump names the type.</param>
/// <param name="lastVersion">The newest version there is; the oldest is 0.</param>
/// <param name="fields">In their order.</param>
internal sealed class RecordSchema(short id, string name, short lastVersion, params RecordField[] fields)
{
    public short Id { get; } = id;

    public string Name { get; } = name;

    public short LastVersion { get; } = lastVersion;

    public IReadOnlyList<RecordField> Fields { get; } = fields;
}
