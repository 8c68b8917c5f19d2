using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools;

/// <summary>Client properties out of files and <c>key=value</c> options. Stateless.</summary>
internal static class PropertiesOptions
{
    /// <summary>The properties of a file; none where <paramref name="path"/> is null.</summary>
    /// <exception cref="JavaFailure">The file cannot be read.</exception>
    /// <exception cref="ToolException">It is malformed.</exception>
    public static Dictionary<string, string> Load(this ToolHost host, string? path)
    {
        if (path is null)
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        try
        {
            return JavaProperties.Parse(host.ReadAllBytes(path));
        }
        catch (MalformedDataException malformed)
        {
            throw new ToolException($"{path}: {malformed.Message}", malformed);
        }
    }

    /// <summary>All of a file as UTF-8 text.</summary>
    /// <exception cref="JavaFailure">The file cannot be read.</exception>
    public static string ReadText(this ToolHost host, string path) => Encoding.UTF8.GetString(host.ReadAllBytes(path));

    /// <summary>Sets every <c>key=value</c> of an option, over what is there.</summary>
    public static void Overlay(this Dictionary<string, string> properties, ParsedOptions options, OptionSpec option)
    {
        foreach (var (key, value) in options.Pairs(option))
        {
            properties[key] = value;
        }
    }

    private static byte[] ReadAllBytes(this ToolHost host, string path)
    {
        try
        {
            return host.ReadFile(path);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new JavaFailure("java.nio.file.NoSuchFileException", path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new JavaFailure("java.io.IOException", $"{path}: {unreadable.Message}");
        }
    }
}
