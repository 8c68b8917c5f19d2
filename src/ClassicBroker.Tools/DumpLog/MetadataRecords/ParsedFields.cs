namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>
/// The values of a record or of a structure within one, beside their fields: <see cref="bool"/>, <see cref="long"/> for all integers,
/// <see cref="double"/>, <see cref="Primitives.Uuid"/>, <see cref="string"/>, bytes, arrays of these, and <see cref="ParsedFields"/>.
/// </summary>
internal sealed class ParsedFields(IReadOnlyList<RecordField> fields, object?[] values, short version)
{
    /// <summary>The fields of the version that are in their place, or differ from what their absence says.</summary>
    public IEnumerable<(RecordField Field, object? Value)> Told => fields.Zip(values).Where(pair =>
        pair.First.FirstVersion <= version && (pair.First.Tag is null || !pair.First.IsAbsent(pair.Second)));

    public object? this[string name] => values[IndexOf(name)];

    private int IndexOf(string name)
    {
        for (var index = 0; index < fields.Count; index++)
        {
            if (fields[index].Name == name)
            {
                return index;
            }
        }

        throw new ArgumentException($"No field {name}", nameof(name));
    }
}
