using System.Globalization;

namespace ClassicBroker.Tools.Performance;

/// <summary>The figures of a client as <c>--print-metrics</c> prints them: sorted by name, in two columns. Stateless.</summary>
internal static class MetricsTable
{
    /// <param name="output">Where to.</param>
    /// <param name="clientId">The tag all of them have.</param>
    /// <param name="figures">Names with their group before them, such as <c>producer-metrics:record-send-total</c>.</param>
    public static void Print(TextWriter output, string clientId, IEnumerable<(string Name, double Value)> figures)
    {
        var rows = figures
            .Select(figure => (Name: $"{figure.Name}:{{client-id={clientId}}}", figure.Value))
            .OrderBy(row => row.Name, StringComparer.Ordinal)
            .ToArray();
        var width = rows.Max(row => row.Name.Length);
        output.WriteLine();
        output.WriteLine($"{"Metric Name".PadRight(width)}   Value");
        foreach (var (name, value) in rows)
        {
            output.WriteLine($"{name.PadRight(width)} : {value.ToString("F3", CultureInfo.InvariantCulture)}");
        }
    }
}
