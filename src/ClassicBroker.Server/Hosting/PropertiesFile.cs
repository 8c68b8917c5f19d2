using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Hosting;

/// <summary>Reads the file that the command line names. Stateless.</summary>
internal static class PropertiesFile
{
    /// <param name="path">The file.</param>
    /// <param name="read">Reads all bytes of a file.</param>
    /// <exception cref="ConfigException">It is not there, or is no file, or may not be read.</exception>
    /// <exception cref="MalformedDataException">It does not read as Java properties.</exception>
    public static Dictionary<string, string> Read(string path, Func<string, byte[]> read)
    {
        try
        {
            return JavaProperties.Parse(read(path));
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigException($"java.nio.file.NoSuchFileException: {path}: there is no such properties file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"The properties file {path} cannot be read: {failure.Message}");
        }
    }
}
