return await Metricity.Cli.CommandLine.RunAsync(args);
