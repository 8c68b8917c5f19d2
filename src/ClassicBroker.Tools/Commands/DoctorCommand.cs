using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Doctor;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-doctor.sh</c>: what is wrong with a cluster or the configuration of a broker, seen from this machine, each finding with its
/// cure. Changes nothing. Exit code 0 for good, 1 for warnings, 2 for what is critical, 3 for a wrong command line. Not one of Kafka's
/// tools, so that its options are System.CommandLine's and its table is Spectre.Console's.
/// </summary>
internal sealed class DoctorCommand : ICommand
{
    private const int WrongCommandLine = 3;
    private const string Connection = "connection";

    private readonly Option<string> _bootstrapServer = new("--bootstrap-server", "-b")
    {
        Description = "Brokers to begin with, host:port,…",
        HelpName = "servers",
    };

    private readonly Option<string> _commandConfig = new("--command-config")
    {
        Description = "Properties of the connection to the brokers (TLS, SASL); its certificates are looked at, too.",
        HelpName = "file",
    };

    private readonly Option<string> _zooKeeper = new("--zookeeper", "-z")
    {
        Description = "ZooKeeper of the cluster, host:port,…[/chroot]; what it says is compared with what the brokers say.",
        HelpName = "servers",
    };

    private readonly Option<string> _config = new("--config", "-c")
    {
        Description = "server.properties of a broker on this machine: listeners, directories, certificates, limits.",
        HelpName = "file",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "table for people, json or yaml for programs.",
        DefaultValueFactory = _ => "table",
    };

    private readonly Command _command;

    public DoctorCommand()
    {
        _output.AcceptOnlyFromAmong("table", "json", "yaml");
        _command = new Command("kafka-doctor", "Says what is wrong with a cluster or a broker's configuration, and what to do about it.")
        {
            _bootstrapServer, _commandConfig, _zooKeeper, _config, _output, new HelpOption(),
        };
        _command.Validators.Add(result =>
        {
            if (result.GetResult(_bootstrapServer) is null && result.GetResult(_zooKeeper) is null && result.GetResult(_config) is null)
            {
                result.AddError("Give --bootstrap-server, --zookeeper or --config: what to look at.");
            }
        });
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _command.Parse(args);
        if (options.Action is not null)
        {
            var exitCode = options.Invoke(new InvocationConfiguration { Output = host.Out, Error = host.Error });
            return exitCode == 0 ? 0 : WrongCommandLine;
        }

        var diagnosis = new Diagnosis();
        ExamineFiles(options, host, diagnosis);
        await ExamineClusterAsync(options, host, diagnosis);
        switch (options.GetValue(_output))
        {
            case "json":
                host.Out.WriteLine(DiagnosisReport.Json(diagnosis));
                break;
            case "yaml":
                using (var document = JsonDocument.Parse(DiagnosisReport.Json(diagnosis)))
                {
                    host.Out.Write(FactYaml.Format(document.RootElement));
                }

                break;
            default:
                DiagnosisReport.WriteTable(diagnosis, host);
                break;
        }

        return (int)diagnosis.Worst;
    }

    private void ExamineFiles(ParseResult options, ToolHost host, Diagnosis diagnosis)
    {
        if (options.GetValue(_config) is { } serverFile)
        {
            var properties = host.Load(serverFile);
            diagnosis.Add(ServerFileCheck.Run(host, properties, OpenFileLimit.RaiseToMost()));
            diagnosis.Add(CertificateCheck.Run(host, properties));
        }

        if (options.GetValue(_commandConfig) is { } clientFile)
        {
            diagnosis.Add(CertificateCheck.Run(host, host.Load(clientFile)));
        }
    }

    private async Task ExamineClusterAsync(ParseResult options, ToolHost host, Diagnosis diagnosis)
    {
        var (servers, zooKeeper) = (options.GetValue(_bootstrapServer), options.GetValue(_zooKeeper));
        if (servers is null && zooKeeper is null)
        {
            return;
        }

        await using var network = host.OpenNetwork();
        ClusterDescription? cluster = null;
        if (servers is not null)
        {
            cluster = await ExamineBrokersAsync(network, host, servers, options.GetValue(_commandConfig), diagnosis);
        }

        if (zooKeeper is not null)
        {
            await ExamineZooKeeperAsync(network, host, zooKeeper, cluster, diagnosis);
        }
    }

    /// <returns>What the brokers told of their cluster; null where none answered.</returns>
    private static async Task<ClusterDescription?> ExamineBrokersAsync(
        ToolNetwork network, ToolHost host, string servers, string? commandConfig, Diagnosis diagnosis)
    {
        try
        {
            await using var admin = await network.AdminAsync(host, servers, commandConfig);
            var patient = new Patient(host, admin, await admin.DescribeClusterAsync(), await admin.DescribeTopicsAsync());
            await ExamineAsync("listeners", ListenerCheck.RunAsync, patient, diagnosis);
            await ExamineAsync("partitions", ReplicationCheck.RunAsync, patient, diagnosis);
            await ExamineAsync("disks", DiskCheck.RunAsync, patient, diagnosis);
            await ExamineAsync("clocks", ClockCheck.RunAsync, patient, diagnosis);
            return patient.Cluster;
        }
        catch (Exception failure) when (failure is KafkaException or JavaFailure)
        {
            diagnosis.Add(Finding.Critical(
                Connection,
                $"No broker at {servers} answers: {(failure.InnerException ?? failure).Message}",
                "Check the address, that the broker runs, and that the security settings are those of its listener (--command-config)."));
            return null;
        }
    }

    /// <summary>One check that may not be made does not stop the others.</summary>
    private static async Task ExamineAsync(
        string subject, Func<Patient, Task<IReadOnlyList<Finding>>> check, Patient patient, Diagnosis diagnosis)
    {
        try
        {
            diagnosis.Add(await check(patient));
        }
        catch (KafkaException failure)
        {
            diagnosis.Add(Finding.Warning(
                subject,
                $"They could not be looked at: {failure.Message}",
                "Give the account in --command-config the right to describe the cluster and its topics."));
        }
    }

    private static async Task ExamineZooKeeperAsync(
        ToolNetwork network, ToolHost host, string connect, ClusterDescription? cluster, Diagnosis diagnosis)
    {
        try
        {
            await using var store = await network.OpenStoreAsync(host, connect, MetadataVersions.Latest, timeout: TimeSpan.FromSeconds(10));
            diagnosis.Add(await ZooKeeperCheck.RunAsync(store.Metadata, cluster));
        }
        catch (ToolException unreachable)
        {
            diagnosis.Add(Finding.Critical(
                "ZooKeeper", unreachable.Message, "Check the address in zookeeper.connect, and that most servers of the ensemble run."));
        }
    }
}
