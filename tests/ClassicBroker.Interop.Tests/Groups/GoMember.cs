using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>
/// Members of groups on Go clients, built from Debian's packages of their sources (<c>scripts/test.sh</c> installs them where Debian has
/// them).
/// </summary>
internal static class GoMember
{
    private const string Sources = "/usr/share/gocode";

    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);

    /// <summary>Can a program that imports this package be built here?</summary>
    public static bool CanBuild(string package) =>
        File.Exists("/usr/bin/go") && Directory.Exists(Path.Combine(Sources, "src", package));

    /// <summary>Builds a driver; returns the program.</summary>
    public static async Task<string> BuildAsync(ScratchDirectory scratch, string driver)
    {
        var program = scratch.File(driver);
        (await ChildProcess.RunAsync(
            "/usr/bin/go",
            ["build", "-o", program, Path.Combine(AppContext.BaseDirectory, "Clients", $"{driver}.go")],
            limit: BuildLimit,
            environment: new Dictionary<string, string>
            {
                ["GO111MODULE"] = "off",
                ["GOPATH"] = Sources,
                ["GOCACHE"] = scratch.File("go-cache"),
                ["GOFLAGS"] = "-p=1",
            })).RequireSuccess();
        return program;
    }
}
