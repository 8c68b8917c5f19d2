using System.Text.Json;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.Facts;

/// <summary>
/// What a tool prints with <c>--output</c>: one document of lists and values under their names, and the error that ended it. An error of
/// one entry stands in that entry, so that a script need not read sentences; exit codes stay Kafka's. Threading: used by one tool.
/// </summary>
internal sealed class FactDocument(OutputForm form)
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, List<Action<Utf8JsonWriter>>> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<Utf8JsonWriter>> _values = new(StringComparer.Ordinal);

    /// <summary>What the tool as a whole failed with.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Makes a list, which is shown also where nothing comes into it.</summary>
    public void AddList(string name)
    {
        if (_lists.TryAdd(name, []))
        {
            _names.Add(name);
        }
    }

    /// <summary>An object at the end of a list.</summary>
    public void Add(string list, Action<Utf8JsonWriter> writeFields)
    {
        AddList(list);
        _lists[list].Add(writeFields);
    }

    /// <summary>A value beside the lists.</summary>
    public void Set(string name, Action<Utf8JsonWriter> writeValue)
    {
        _names.Add(name);
        _values.Add(name, writeValue);
    }

    /// <summary>The document in its form, with a line end.</summary>
    public override string ToString()
    {
        var json = ToJson();
        if (form == OutputForm.Json)
        {
            return json + "\n";
        }

        using var document = JsonDocument.Parse(json);
        return form == OutputForm.Yaml ? FactYaml.Format(document.RootElement) : FactTables.Format(document.RootElement);
    }

    private string ToJson() => CoordinatorJson.Write(json =>
    {
        foreach (var name in _names)
        {
            json.WritePropertyName(name);
            if (_values.TryGetValue(name, out var writeValue))
            {
                writeValue(json);
                continue;
            }

            json.WriteStartArray();
            foreach (var writeFields in _lists[name])
            {
                json.WriteStartObject();
                writeFields(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteError(Failure);
    });
}
