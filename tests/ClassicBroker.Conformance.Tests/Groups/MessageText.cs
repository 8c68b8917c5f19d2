using System.Collections;
using System.Reflection;
using ClassicBroker.Protocol;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>A message as text, field by field; what Kafka takes in the order of a hash map is sorted.</summary>
internal static class MessageText
{
    public static string Of(object? value) =>
        value switch
        {
            null => "null",
            byte[] bytes => $"0x{Convert.ToHexString(bytes)}",
            string text => $"\"{text}\"",
            IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Of).Order(StringComparer.Ordinal))}]",
            IMessage => Fields(value),
            Enum => value.ToString()!,
            _ when value.GetType().IsPrimitive => value.ToString()!,
            _ => Fields(value),
        };

    private static string Fields(object value) =>
        $"{{{string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(field => field.Name is not (nameof(IResponse.Api) or "ThrottleTimeMs" or "UnknownTaggedFields"))
            .Select(field => $"{field.Name}: {Of(field.GetValue(value))}"))}}}";
}
