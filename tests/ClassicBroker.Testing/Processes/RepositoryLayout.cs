namespace ClassicBroker.Testing.Processes;

/// <summary>Where the checkout under test lies, found upward from the test assembly.</summary>
public static class RepositoryLayout
{
    public static string Root { get; } = FindRoot();

    /// <summary>A wrapper under <c>scripts/</c>, the way users start things.</summary>
    public static string Script(string name) => Path.Combine(Root, "scripts", name);

    /// <summary>A program of the repository, such as a sample, built with the test that runs it.</summary>
    public static string Program(string name) => Path.Combine(
        Root, "artifacts", "bin", name, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), name);

    /// <summary>Where <c>scripts/test.sh</c> installs the npm clients.</summary>
    public static string NodeModules => Path.Combine(Root, ".work", "node", "node_modules");

    /// <summary>Fails with the remedy where the executables have not been published.</summary>
    public static void RequireDistribution()
    {
        if (!File.Exists(Path.Combine(Root, "dist", "bin", "kafka-server")))
        {
            throw new InvalidOperationException("These tests run the published executables: run scripts/build.sh, or scripts/test.sh, first.");
        }
    }

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "ClassicBroker.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException($"No ClassicBroker.sln above {AppContext.BaseDirectory}.");
    }
}
