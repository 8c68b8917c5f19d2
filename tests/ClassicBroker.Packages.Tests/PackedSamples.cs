using System.Text.RegularExpressions;
using System.Xml.Linq;
using ClassicBroker.TestHost;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Packages.Tests;

/// <summary>
/// The packages as scripts/pack.sh makes them, and the samples in a folder of their own outside the checkout, built from those packages as a
/// user's programs are; with a cluster for them. Made once for the suite.
/// </summary>
public sealed partial class PackedSamples : IAsyncLifetime
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(8);

    private readonly ScratchDirectory _folder = new();
    private TestKafka? _kafka;

    public static string Feed => Path.Combine(RepositoryLayout.Root, "artifacts", "nuget");

    private static readonly string[] Samples =
    [
        "ProduceAndConsume", "ConsumeTransformProduce", "DeliveryGuarantees", "HostedService", "WebWithTraces", "ClassicProduce", "SimpleRead",
        "ZooKeeperGroup",
    ];

    public TestKafka Kafka => _kafka!;

    public async ValueTask InitializeAsync()
    {
        (await ChildProcess.RunAsync(RepositoryLayout.Script("pack.sh"), ["--no-build"], limit: BuildLimit)).RequireSuccess();
        WriteSolution();
        await DotnetAsync("build", "all.proj", "-c", "Release", "-v", "quiet");
        _kafka = await TestKafka.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>A sample's program, started as its user starts it.</summary>
    public ChildProcess Start(string sample, params string[] arguments) =>
        ChildProcess.Start("dotnet", [ProgramOf(sample), .. arguments]);

    /// <summary>Runs a sample to its end, with lines as its input; what it printed.</summary>
    public async Task<string> RunAsync(string sample, string input, params string[] arguments) => (await ChildProcess.RunAsync(
        "dotnet", [ProgramOf(sample), .. arguments], System.Text.Encoding.UTF8.GetBytes(input), BuildLimit)).RequireSuccess().Text;

    private string ProgramOf(string sample) => Path.Combine(_folder.Path, sample, "bin", "Release", "net10.0", $"{sample}.dll");

    /// <summary>Publishes a sample in a form and returns its program. A warning fails it.</summary>
    public async Task<string> PublishAsync(string sample, string form)
    {
        var output = _folder.File($"out-{form}");
        await DotnetAsync(
            "publish", CopyOf(sample, form), "-c", "Release", "-v", "quiet", "--use-current-runtime", "-o", output, $"-p:{form}=true",
            "-p:TreatWarningsAsErrors=true", "-p:NativeDebugSymbols=false", "-p:CppCompilerAndLinker=gcc");
        return Path.Combine(output, sample);
    }

    /// <summary>Publishes a sample for a system of .NET's names, which has the runtime already; the folder it is in.</summary>
    public async Task<string> PublishForAsync(string sample, string system)
    {
        var output = _folder.File($"out-{system}");
        await DotnetAsync(
            "publish", CopyOf(sample, system), "-c", "Release", "-v", "quiet", "-r", system, "--self-contained", "false", "-o", output,
            "-p:UseAppHost=false", "-p:TreatWarningsAsErrors=true");
        return output;
    }

    /// <summary>A sample's sources in a folder of their own: what was built of them for one form is in no other's way.</summary>
    private string CopyOf(string sample, string form)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_folder.Path, "forms", form, sample)).FullName;
        foreach (var file in Directory.GetFiles(_folder.File(sample)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        var outcome = await ChildProcess.RunAsync(
            "sh", ["-c", "cd \"$1\" && shift && exec dotnet \"$@\"", "sh", _folder.Path, .. arguments], limit: BuildLimit, environment: new Dictionary<string, string>
            {
                // Ours come fresh from the feed, whose versions stay while their content changes; the rest from where it was restored before.
                ["NUGET_PACKAGES"] = _folder.File("packages"),
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            });
        outcome.RequireSuccess();
    }

    private void WriteSolution()
    {
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // What was restored before is taken from there: the tools of the trimmed and the native form are some 150 MB.
        var packages = Directory.CreateDirectory(_folder.File("packages")).FullName;
        foreach (var package in Directory.Exists(restored) ? Directory.GetDirectories(restored) : [])
        {
            if (!Path.GetFileName(package).StartsWith("classicbroker.", StringComparison.Ordinal))
            {
                Directory.CreateSymbolicLink(Path.Combine(packages, Path.GetFileName(package)), package);
            }
        }

        File.WriteAllText(
            _folder.File("nuget.config"),
            $"""
            <configuration>
              <packageSources><add key="classicbroker" value="{Feed}" /></packageSources>
            </configuration>
            """);
        File.WriteAllText(
            _folder.File("Directory.Build.props"),
            """
            <Project>
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """);
        File.WriteAllText(
            _folder.File("all.proj"),
            """
            <Project DefaultTargets="Build">
              <ItemGroup><Program Include="*/*.csproj" /></ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Program)" Targets="Restore" Properties="Restoring=true" />
                <MSBuild Projects="@(Program)" Targets="Build" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        var versions = XDocument.Load(Path.Combine(RepositoryLayout.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
        var own = XDocument.Load(Path.Combine(RepositoryLayout.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (var sample in Samples)
        {
            Copy(sample, versions, own);
        }

        WriteReadme(own);
    }

    /// <summary>The program of the client's README, with its brokers as the one argument, over a reference to that package alone.</summary>
    private void WriteReadme(string own)
    {
        const string Brokers = "const string Brokers = \"localhost:9092\";";
        var code = File.ReadAllText(Path.Combine(RepositoryLayout.Root, "src", "ClassicBroker.Client", "README.md"))
            .Split("```csharp\n")[1].Split("```")[0];
        var to = Directory.CreateDirectory(_folder.File("Readme")).FullName;
        File.WriteAllText(Path.Combine(to, "Program.cs"), code.Replace(Brokers, "var Brokers = args[0];", StringComparison.Ordinal));
        File.WriteAllText(
            Path.Combine(to, "Readme.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup><PackageReference Include="ClassicBroker.Client" Version="{own}" /></ItemGroup>
            </Project>
            """);
    }

    /// <summary>As the sample is, with packages in the place of projects.</summary>
    private void Copy(string sample, Dictionary<string, string> versions, string own)
    {
        var from = Path.Combine(RepositoryLayout.Root, "samples", sample);
        var to = Directory.CreateDirectory(_folder.File(sample)).FullName;
        foreach (var source in Directory.GetFiles(from, "*.cs"))
        {
            File.Copy(source, Path.Combine(to, Path.GetFileName(source)));
        }

        var project = ProjectReference().Replace(
            File.ReadAllText(Path.Combine(from, $"{sample}.csproj")), match => $"<PackageReference Include=\"{match.Groups[1].Value}\" Version=\"{own}\" />");
        project = PackageReference().Replace(
            project, match => $"<PackageReference Include=\"{match.Groups[1].Value}\" Version=\"{versions[match.Groups[1].Value]}\" />");
        File.WriteAllText(Path.Combine(to, $"{sample}.csproj"), project);
    }

    [GeneratedRegex("<ProjectReference Include=\"[^\"]*/([^\"/]+)\\.csproj\" />")]
    private static partial Regex ProjectReference();

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\" />")]
    private static partial Regex PackageReference();
}
