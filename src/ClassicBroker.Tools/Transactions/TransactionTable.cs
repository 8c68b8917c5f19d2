using System.Globalization;
using System.Text.Json;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Transactions;

/// <summary>
/// Rows of <c>kafka-transactions</c>: as the tool prints tables, or as entries of a document under the same names. A cell is a text, a
/// whole number, partitions, or null for what there is not. Stateless.
/// </summary>
internal static class TransactionTable
{
    private const string NoValue = "None";

    /// <param name="host">Where to.</param>
    /// <param name="list">The name of the list in a document.</param>
    /// <param name="headers">Kafka's names of the columns.</param>
    /// <param name="rows">A cell for each column.</param>
    public static void Print(ToolHost host, string list, string[] headers, IEnumerable<object?[]> rows)
    {
        if (host.Facts is null)
        {
            PrintText(host.Out, headers, rows);
            return;
        }

        host.Facts.AddList(list);
        foreach (var row in rows)
        {
            host.Facts.Add(list, json => Write(json, headers, row));
        }
    }

    /// <summary>Each cell as wide as its column, and a tab behind it.</summary>
    private static void PrintText(TextWriter output, string[] headers, IEnumerable<object?[]> rows)
    {
        string[][] lines = [headers, .. rows.Select(row => row.Select(Text).ToArray())];
        var widths = headers.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
        {
            output.WriteLine(string.Concat(line.Select((cell, column) => $"{cell.PadRight(widths[column])}\t")));
        }
    }

    private static string Text(object? cell) =>
        cell switch
        {
            null => NoValue,
            IEnumerable<TopicPartition> partitions => string.Join(',', partitions),
            _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!,
        };

    private static void Write(Utf8JsonWriter json, string[] headers, object?[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var name = FieldOf(headers[i]);
            switch (row[i])
            {
                case null:
                    json.WriteNull(name);
                    break;
                case string text:
                    json.WriteString(name, text);
                    break;
                case IEnumerable<TopicPartition> partitions:
                    json.WriteList(name, partitions, json.WritePartition);
                    break;
                default:
                    json.WriteNumber(name, Convert.ToInt64(row[i], CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    /// <summary><c>producerId</c> for <c>ProducerId</c>, <c>durationMin</c> for <c>Duration(min)</c>.</summary>
    private static string FieldOf(string header) =>
        char.ToLowerInvariant(header[0]) + header[1..].Replace("(min)", "Min", StringComparison.Ordinal);
}
