using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// Kafka's text format of checkpoints: a version, a count, and a line for each entry. Threading: the owner of the file writes it from
/// one place at a time.
/// </summary>
/// <remarks>
/// <code>
/// 0                  version
/// &lt;count&gt;
/// &lt;field&gt; &lt;field&gt; …  once for each entry
/// </code>
/// </remarks>
internal static class CheckpointFile
{
    private const string CurrentVersion = "0";

    public static void Write(IFileSystem files, string path, IReadOnlyCollection<string> lines) =>
        AtomicFile.Write(files, path, Format(lines));

    /// <summary>The content of a file with these entries.</summary>
    public static string Format(IReadOnlyCollection<string> lines)
    {
        var content = new StringBuilder(CurrentVersion).Append('\n').Append(lines.Count).Append('\n');
        foreach (var line in lines)
        {
            content.Append(line).Append('\n');
        }

        return content.ToString();
    }

    /// <summary>The entries split into fields; empty where there is no file.</summary>
    /// <exception cref="MalformedDataException">The version is unknown, the count is wrong, or a line has another number of
    /// fields.</exception>
    public static List<string[]> Read(IFileSystem files, string path, int fields)
    {
        var content = AtomicFile.Read(files, path);
        if (content is null)
        {
            return [];
        }

        var lines = content.Split('\n', StringSplitOptions.TrimEntries);
        if (lines[0] != CurrentVersion)
        {
            throw new MalformedDataException($"Unrecognized version of the checkpoint file {path}: '{lines[0]}'");
        }

        if (lines.Length < 2 || !JavaText.TryParseInt(lines[1], out var count))
        {
            throw new MalformedDataException($"Malformed line in checkpoint file {path}: the number of entries is missing");
        }

        var entries = lines.Skip(2).Where(line => line.Length > 0).Select(line => Split(path, line, fields)).ToList();
        return entries.Count == count
            ? entries
            : throw new MalformedDataException($"Expected {count} entries in checkpoint file {path}, but found {entries.Count}");
    }

    /// <summary>Reads a whole number of a field.</summary>
    /// <exception cref="MalformedDataException">It is none.</exception>
    public static long Number(string path, string field) =>
        JavaText.TryParseLong(field, out var number)
            ? number
            : throw new MalformedDataException($"Malformed line in checkpoint file {path}: '{field}' is no number");

    /// <summary>Reads a number that is not negative, such as a partition or an epoch.</summary>
    /// <exception cref="MalformedDataException">It is none.</exception>
    public static int SmallNumber(string path, string field) =>
        Number(path, field) is var number and >= 0 and <= int.MaxValue
            ? (int)number
            : throw new MalformedDataException($"Malformed line in checkpoint file {path}: '{field}' is out of range");

    private static string[] Split(string path, string line, int fields)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == fields ? parts : throw new MalformedDataException($"Malformed line in checkpoint file {path}: '{line}'");
    }
}
