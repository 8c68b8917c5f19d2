using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// A JSON object out of a znode. Keys come in any order and unknown ones are passed over, because the writers of a mixed cluster
/// differ in both. What is missing or of the wrong kind is the znode's fault and named with its path.
/// </summary>
internal readonly struct ZnodeReader
{
    private readonly string _path;
    private readonly JsonElement _object;

    private ZnodeReader(string path, JsonElement element)
    {
        _path = path;
        _object = element;
    }

    /// <exception cref="MalformedDataException">Where the data is not one JSON object.</exception>
    public static ZnodeReader Parse(string path, ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            var element = JsonElement.ParseValue(ref reader);
            if (element.ValueKind == JsonValueKind.Object && data[(int)reader.BytesConsumed..].TrimEnd(" \t\r\n"u8).IsEmpty)
            {
                JsonStrings.Require(element);
                return new(path, element);
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new MalformedDataException($"Znode {path} holds no JSON: {failure.Message}");
        }

        throw new MalformedDataException($"Znode {path} does not hold one JSON object.");
    }

    public int Int(string name) => _object.TryGetProperty(name, out var value) ? AsInt(name, value) : throw Missing(name);

    /// <summary>A whole number that 16 bits hold.</summary>
    public short Short(string name) =>
        Int(name) is >= short.MinValue and <= short.MaxValue and var number ? (short)number : throw Wrong(name, "a number of 16 bits");

    public int IntOr(string name, int absent) => _object.TryGetProperty(name, out var value) ? AsInt(name, value) : absent;

    /// <summary>A long written as a number or, as Kafka writes timestamps and producer ids, as a string.</summary>
    public long Long(string name)
    {
        if (!_object.TryGetProperty(name, out var value))
        {
            throw Missing(name);
        }

        if ((value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            || (value.ValueKind == JsonValueKind.String
                && JavaText.TryParseLong(value.GetString(), out number)))
        {
            return number;
        }

        throw Wrong(name, "a whole number");
    }

    public string Text(string name) => TextOrNull(name) ?? throw Missing(name);

    /// <summary>Null where the key is missing or its value is JSON's null.</summary>
    public string? TextOrNull(string name)
    {
        if (!_object.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, "a string");
    }

    public int[] Ints(string name) => _object.TryGetProperty(name, out var value) ? AsInts(name, value) : throw Missing(name);

    public string[] Texts(string name)
    {
        if (!_object.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, "an array of strings");
        }

        var path = _path;
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
            ? item.GetString()!
            : throw new MalformedDataException($"Znode {path}: \"{name}\" is not an array of strings."))];
    }

    /// <summary>The objects of an array.</summary>
    public IEnumerable<ZnodeReader> Objects(string name)
    {
        if (!_object.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, "an array of objects");
        }

        foreach (var item in value.EnumerateArray())
        {
            yield return item.ValueKind == JsonValueKind.Object ? new(_path, item) : throw Wrong(name, "an array of objects");
        }
    }

    /// <summary>The members of an object whose values are objects; none where the key is missing.</summary>
    public IEnumerable<(string Name, ZnodeReader Value)> ObjectsByName(string name)
    {
        foreach (var member in Members(name))
        {
            yield return member.Value.ValueKind == JsonValueKind.Object
                ? (member.Name, new(_path, member.Value))
                : throw Wrong(name, "an object of objects");
        }
    }

    /// <summary>The members of an object whose values are strings; none where the key is missing.</summary>
    public IEnumerable<(string Name, string Value)> TextsByName(string name)
    {
        foreach (var member in Members(name))
        {
            yield return member.Value.ValueKind == JsonValueKind.String
                ? (member.Name, member.Value.GetString()!)
                : throw Wrong(name, "an object of strings");
        }
    }

    /// <summary>The members of an object whose values are whole numbers; none where the key is missing.</summary>
    public IEnumerable<(string Name, int Value)> IntsByName(string name)
    {
        foreach (var member in Members(name))
        {
            yield return (member.Name, AsInt(name, member.Value));
        }
    }

    /// <summary>An object of integer arrays under decimal keys, as assignments are written; empty where the key is missing.</summary>
    public SortedDictionary<int, int[]> IntsByPartition(string name)
    {
        var result = new SortedDictionary<int, int[]>();
        foreach (var member in Members(name))
        {
            if (!JavaText.TryParseInt(member.Name, out var partition) || partition < 0)
            {
                throw Wrong(name, "keyed by partition");
            }

            result[partition] = AsInts(name, member.Value);
        }

        return result;
    }

    public bool Has(string name) => _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public MalformedDataException Wrong(string name, string expected) => new($"Znode {_path}: \"{name}\" is not {expected}.");

    private MalformedDataException Missing(string name) => new($"Znode {_path} lacks \"{name}\".");

    private IEnumerable<JsonProperty> Members(string name)
    {
        if (!Has(name))
        {
            return [];
        }

        var value = _object.GetProperty(name);
        return value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Wrong(name, "an object");
    }

    private int AsInt(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, "a whole number");

    private int[] AsInts(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, "an array of whole numbers");
        }

        var result = new int[value.GetArrayLength()];
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            result[index++] = AsInt(name, item);
        }

        return result;
    }
}
