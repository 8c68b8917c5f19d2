using System.Globalization;
using System.Text.Json;

namespace ClassicBroker.Protocol.Tests;

/// <summary>Layouts from the message definitions of Apache Kafka, where a checkout has them beside it.</summary>
internal sealed class KafkaLayout
{
    private readonly JsonElement _message;
    private readonly short _version;
    private readonly MessageLayout _layout = new();

    private KafkaLayout(JsonElement message, short version)
    {
        _message = message;
        _version = version;
    }

    /// <summary>The folder of definitions, searched for from the test's folder upward; null where there is none.</summary>
    public static string? FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "reference", "protocol");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    public static IEnumerable<short> VersionsOf(JsonElement message)
    {
        var range = message.GetProperty("validVersions").GetString()!.Split('-');
        for (var version = short.Parse(range[0]); version <= short.Parse(range[^1]); version++)
        {
            yield return version;
        }
    }

    public static MessageLayout Of(JsonElement message, short version)
    {
        var kafka = new KafkaLayout(message, version);
        kafka._layout.Lengths(Has(message.GetProperty("flexibleVersions").GetString()!, version));
        kafka.Append(message.GetProperty("fields"), "");
        return kafka._layout;
    }

    private static bool Has(string range, short version)
    {
        if (range == "none")
        {
            return false;
        }

        if (range.EndsWith('+'))
        {
            return version >= short.Parse(range[..^1]);
        }

        var ends = range.Split('-');
        return version >= short.Parse(ends[0]) && version <= short.Parse(ends[^1]);
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) ? value.ToString() : null;

    /// <summary>Kafka may spell out a default that is the type's own, and spells some numbers in hexadecimal.</summary>
    private static string? Default(string type, string? text) =>
        (type, text) switch
        {
            (_, null or "" or "0") => null,
            ("bool", "true" or "True") => "true",
            ("bool", _) => null,
            (_, "null") => "null",
            _ when text.StartsWith("0x", StringComparison.Ordinal) =>
                long.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            _ => text,
        };

    private void Append(JsonElement fields, string path)
    {
        foreach (var field in fields.EnumerateArray().Where(field => Has(Text(field, "versions")!, _version)))
        {
            // The records of the internal topics are spelled in lower camel case there.
            var name = Text(field, "name")!;
            name = char.ToUpperInvariant(name[0]) + name[1..];
            var type = Text(field, "type")!;
            var isArray = type.StartsWith("[]", StringComparison.Ordinal);
            var element = isArray ? type[2..] : type;
            var isStruct = char.IsUpper(element[0]);
            _layout.Field(
                path + name,
                (isArray ? "[]" : "") + (isStruct ? "struct" : element),
                Has(Text(field, "nullableVersions") ?? "none", _version),
                field.TryGetProperty("tag", out var tag) ? tag.GetInt32() : null,
                Default(type, Text(field, "default")),
                Text(field, "ignorable") == "True",
                Text(field, "flexibleVersions") == "none");
            if (isStruct)
            {
                Append(StructFields(field, element), path + name + ".");
            }
        }
    }

    private JsonElement StructFields(JsonElement field, string name) =>
        field.TryGetProperty("fields", out var own)
            ? own
            : _message.GetProperty("commonStructs").EnumerateArray().Single(shared => Text(shared, "name") == name).GetProperty("fields");
}
