using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools;

/// <summary>Client properties out of files and <c>key=value</c> options. Stateless.</summary>
internal static class PropertiesOptions
{
    /// <summary>The properties of a file; none where <paramref name="path"/> is null.</summary>
    /// <exception cref="ToolException">The file cannot be read, or is malformed.</exception>
    public static Dictionary<string, string> Load(this IFileSystem files, string? path)
    {
        if (path is null)
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        try
        {
            return JavaProperties.Parse(files.ReadAllBytes(path));
        }
        catch (MalformedDataException malformed)
        {
            throw new ToolException($"{path}: {malformed.Message}", malformed);
        }
    }

    /// <summary>All of a file as UTF-8 text.</summary>
    /// <exception cref="ToolException">The file cannot be read.</exception>
    public static string ReadText(this IFileSystem files, string path) => Encoding.UTF8.GetString(files.ReadAllBytes(path));

    /// <summary>Sets every <c>key=value</c> of an option, over what is there.</summary>
    public static void Overlay(this Dictionary<string, string> properties, ParsedOptions options, OptionSpec option)
    {
        foreach (var (key, value) in options.Pairs(option))
        {
            properties[key] = value;
        }
    }

    private static byte[] ReadAllBytes(this IFileSystem files, string path)
    {
        try
        {
            using var file = files.Open(path, FileOpenMode.Read);
            var bytes = new byte[file.Length];
            var read = file.Read(bytes, 0);
            return bytes[..read];
        }
        catch (StorageException unreadable)
        {
            throw new ToolException($"java.io.FileNotFoundException: {path} ({unreadable.Message})", unreadable);
        }
    }
}
