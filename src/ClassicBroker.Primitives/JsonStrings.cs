using System.Text.Json;

namespace ClassicBroker.Primitives;

/// <summary>Names and strings of JSON that came from outside. Stateless.</summary>
public static class JsonStrings
{
    /// <summary>Names and strings that are no UTF-8, or escape half a character, are found when they are asked for: ask at once.</summary>
    /// <exception cref="InvalidOperationException">One is not.</exception>
    public static void Require(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    Require(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Require(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
