"""The bridge between documents and `sbk_mes.scheduler`: documents become a Problem, a plan documents."""
