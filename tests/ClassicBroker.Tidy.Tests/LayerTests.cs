using System.Xml.Linq;

namespace ClassicBroker.Tidy.Tests;

/// <summary>Who may know whom. An edge that is not here wants a page under <c>src/Decisions</c> first.</summary>
public sealed class LayerTests
{
    private static readonly SortedDictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Primitives"] = [],
        ["Records"] = ["Primitives"],
        ["Protocol.Generator"] = [],
        ["Protocol"] = ["Protocol.Generator", "Records"],
        ["Platform"] = ["Primitives"],
        ["Transport"] = ["Platform", "Primitives"],
        ["Rpc"] = ["Protocol", "Transport"],
        ["ZooKeeper"] = ["Transport"],
        ["ZooKeeper.Server"] = ["ZooKeeper"],
        ["Storage"] = ["Platform", "Records"],
        ["Metadata"] = ["Protocol", "ZooKeeper"],
        ["Controller"] = ["Metadata", "Rpc"],
        ["Replication"] = ["Metadata", "Rpc", "Storage"],
        ["Coordinator"] = ["Replication"],
        ["Operations"] = ["Platform"],
        ["Server"] = ["Controller", "Coordinator", "Operations"],
        ["Client"] = ["Records", "Rpc"],
        ["Client.Extensions"] = ["Client"],
        ["TestHost"] = ["Server", "ZooKeeper.Server"],
        ["AdminConsole"] = ["Client", "Operations", "ZooKeeper"],
        ["Client.Classic"] = ["Client", "Metadata"],
        ["Tools"] = ["Client", "Metadata", "Storage"],
    };

    [Fact]
    public void Projects_refer_to_the_layers_below_them_and_no_others()
    {
        var found = Directory.GetDirectories(Path.Combine(RepositoryLayout.Root, "src"), "ClassicBroker.*")
            .Select(directory => (Name: Short(directory), References: References(directory)))
            .ToDictionary(project => project.Name, project => project.References);
        Assert.Equal(Allowed.Keys, found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, project => Assert.Equal(Allowed[project.Key], project.Value));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(RepositoryLayout.Root, "ClassicBroker.sln"));
        var projects = new[] { "src", "tests", "samples" }.SelectMany(folder => Directory.GetFiles(
            Path.Combine(RepositoryLayout.Root, folder), "*.csproj", SearchOption.AllDirectories));
        Assert.All(projects, project => Assert.Contains($"\\{Path.GetFileName(project)}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_package_is_chosen_with_a_reason()
    {
        var packages = XDocument.Load(Path.Combine(RepositoryLayout.Root, "Directory.Packages.props"));
        var groups = packages.Descendants("ItemGroup").Single().Nodes().ToList();
        Assert.IsType<XComment>(groups[0]);
        Assert.DoesNotContain(packages.Descendants("PackageVersion"), package => package.Attribute("Version")!.Value.Contains('*'));
    }

    private static string Short(string path) => Path.GetFileName(path)["ClassicBroker.".Length..];

    private static string[] References(string directory) =>
    [
        .. XDocument.Load(Path.Combine(directory, $"{Path.GetFileName(directory)}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Select(Short)
            .Order(StringComparer.Ordinal),
    ];
}
