using System.Collections;
using System.Globalization;
using System.Reflection;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// A decoded message as lines of path and value. Structures in an array are known by their key, not by their place, because Kafka takes
/// the order of most arrays from hash maps; null and empty are told apart.
/// </summary>
internal static class MessageTree
{
    /// <summary>What tells the elements of an array from each other, the first that a structure has.</summary>
    private static readonly string[] Keys =
    [
        "Name", "TopicName", "Topic", "PartitionIndex", "PartitionId", "Partition", "Index", "Key", "NodeId", "BrokerId", "ApiKey", "ResourceName",
        "User", "GroupId", "Feature", "LogDir", "TopicId", "TransactionalId", "ProducerId", "BatchIndex",
    ];

    private static readonly string[] NameFields = ["Name", "TopicName", "Topic"];

    private static readonly string[] BrokerFields = ["NodeId", "BrokerId"];

    /// <param name="message">The message.</param>
    /// <param name="render">How a value is shown, by the name of its field; null leaves the field out.</param>
    /// <param name="keep">Whether an element of an array is looked at.</param>
    public static SortedDictionary<string, string> Lines(
        IMessage message, Func<string, object?, string?> render, Func<object, bool> keep)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add(lines, "", message, render, keep);
        return lines;
    }

    public static IEnumerable<PropertyInfo> Fields(object owner) => owner.GetType().GetProperties().Where(property => property.CanWrite);

    /// <summary>What the topics, users and the like of a message are called.</summary>
    public static HashSet<string> Names(IMessage message)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _ = Lines(message, static (_, _) => null, element => NameOf(element) is not { } name || names.Add(name) || names.Contains(name));
        return names;
    }

    /// <summary>Null for a structure without a name.</summary>
    public static string? NameOf(object element) =>
        NameFields.Select(field => element.GetType().GetProperty(field)?.GetValue(element)).OfType<string>().FirstOrDefault();

    /// <summary>Is it one of the brokers that a cluster has beside broker 0?</summary>
    public static bool IsOtherBroker(object element) =>
        element.GetType().Name is "MetadataResponseBroker" or "DescribeClusterBroker" or "NodeEndpoint"
        && BrokerFields.Select(field => element.GetType().GetProperty(field)?.GetValue(element)).OfType<int>().First() != 0;

    private static void Add(
        SortedDictionary<string, string> lines,
        string path,
        object owner,
        Func<string, object?, string?> render,
        Func<object, bool> keep)
    {
        foreach (var property in Fields(owner))
        {
            var at = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            switch (property.GetValue(owner))
            {
                case Array array when array.GetType().GetElementType() is { IsClass: true } type && type != typeof(string):
                    AddElements(lines, at, array, render, keep);
                    break;
                case IMessage structure:
                    Add(lines, at, structure, render, keep);
                    break;
                case var value when render(property.Name, value) is { } shown:
                    lines[at] = shown;
                    break;
            }
        }
    }

    private static void AddElements(
        SortedDictionary<string, string> lines,
        string path,
        Array array,
        Func<string, object?, string?> render,
        Func<object, bool> keep)
    {
        lines[path] = "list";
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var element in array.Cast<object>().Where(keep))
        {
            var key = KeyOf(element, render);
            var times = seen[key] = seen.GetValueOrDefault(key) + 1;
            var at = times == 1 ? $"{path}[{key}]" : $"{path}[{key}#{times}]";
            lines[at] = "there";
            Add(lines, at, element, render, keep);
        }
    }

    private static string KeyOf(object element, Func<string, object?, string?> render)
    {
        foreach (var key in Keys)
        {
            if (element.GetType().GetProperty(key)?.GetValue(element) is { } value and not "")
            {
                var name = render(key, value) ?? "";
                if (key == "ResourceName" && element.GetType().GetProperty("ResourceType")?.GetValue(element) is sbyte type)
                {
                    return $"{type}-{name}";
                }

                return value is string && element.GetType().GetProperty("PartitionIndex")?.GetValue(element) is int partition
                    ? $"{name}-{partition}"
                    : name;
            }
        }

        return "";
    }

    /// <summary>A value as it is, for fields without a rule.</summary>
    public static string Plain(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        byte[] bytes => $"0x{Convert.ToHexStringLower(bytes)}",
        RecordsPayload { IsNull: true } => "null",
        RecordsPayload { Length: 0 } => "no records",
        RecordsPayload => "records",
        ErrorCode code => ((short)code).ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Plain).Order(StringComparer.Ordinal))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
