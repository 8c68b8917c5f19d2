using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config;

/// <summary>Writes parsed values as Java prints them. Stateless.</summary>
internal static class ConfigText
{
    public static string? Of(object? value) =>
        value switch
        {
            null => null,
            bool flag => flag ? "true" : "false",
            double number => JavaDouble.Format(number),
            IReadOnlyList<string> list => string.Join(',', list),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
}
