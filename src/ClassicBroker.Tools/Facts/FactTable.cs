using System.Text;

namespace ClassicBroker.Tools.Facts;

/// <summary>
/// One table on its way to the output: its columns are those of its rows, in the order they first came, without those that say nothing.
/// Owned by <see cref="FactTables"/>. Threading: one thread.
/// </summary>
internal sealed class FactTable(string name, IEnumerable<string> columns)
{
    private const string Missing = "-";
    private const string Gap = "  ";

    private readonly List<string> _columns = [.. columns];
    private readonly List<IReadOnlyList<(string Column, string Cell)>> _rows = [];

    public string Name => name;

    public bool HasRows => _rows.Count > 0;

    public void Add(IReadOnlyList<(string Column, string Cell)> row)
    {
        foreach (var (column, _) in row)
        {
            if (!_columns.Contains(column))
            {
                _columns.Add(column);
            }
        }

        _rows.Add(row);
    }

    /// <summary>All rows beside each other.</summary>
    public FactTable Joined()
    {
        var joined = new FactTable(name, []);
        joined.Add([.. _rows.SelectMany(row => row)]);
        return joined;
    }

    public void Print(StringBuilder text, bool isTitled)
    {
        if (isTitled)
        {
            text.Append(Heading(name)).Append('\n');
        }

        var shown = _columns.Where(column => _rows.Exists(row => CellOf(row, column) != Missing)).ToArray();
        string[][] lines = [[.. shown.Select(Heading)], .. _rows.Select(row => shown.Select(column => CellOf(row, column)).ToArray())];
        var widths = shown.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
        {
            text.Append(string.Join(Gap, line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        }
    }

    /// <summary><c>CURRENT-OFFSET</c> for <c>currentOffset</c>, as Kafka heads its columns.</summary>
    private static string Heading(string field)
    {
        var heading = new StringBuilder(field.Length + 4);
        foreach (var letter in field)
        {
            if (char.IsUpper(letter) && heading.Length > 0)
            {
                heading.Append('-');
            }

            heading.Append(char.ToUpperInvariant(letter));
        }

        return heading.ToString();
    }

    private static string CellOf(IReadOnlyList<(string Column, string Cell)> row, string column) =>
        row.FirstOrDefault(cell => cell.Column == column).Cell ?? Missing;
}
